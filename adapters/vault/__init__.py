"""The vault: personal data, texts and photos, encrypted, in a file of their own."""
