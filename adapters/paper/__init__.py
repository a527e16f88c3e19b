"""Everything printed: labels, tags, cards and forms as PDF with the font embedded."""
