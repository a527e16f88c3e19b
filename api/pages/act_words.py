"""The Vietnamese of the forms by which people state facts, and of the pouch's page.

Part of `api.pages.words`.
"""

ACTS = {
    # evidence
    "About scan": "Về lượt quét",
    "Undone by": "Đã hoàn tác; người thực hiện",
    "Corrected: did not occur; by": "Đã đính chính là không xảy ra; người thực hiện",
    "Corrected by": "Đã đính chính; người thực hiện",
    "Correct scan": "Đính chính lượt quét",
    "Correct it": "Đính chính",
    "Photo with this scan": "Ảnh kèm lượt quét này",
    "Photo kept; a supervisor can see it.": "Có ảnh kèm theo; lãnh đạo xem được.",
    "Receiving code: shown by the receiver's station": "Mã nhận: đúng mã trạm của bên nhận đã hiện",
    "Receiving code: not verified": "Mã nhận: chưa xác minh được",
    "Scanned by party": "Bên quét",
    "Destination": "Nơi đến",
    "Released to": "Giao cho",
    # acts
    "State something": "Khai báo",
    "What does not fit it as it stands": "Khai báo khác, không hợp với tình trạng hiện tại",
    "What is stated here is a scan of the office, recorded for ever under your name. Nothing"
    " recorded before is altered.": (
        "Mỗi khai báo ở đây là một lượt ghi mang tên bạn và được lưu mãi. Những gì đã ghi trước đó"
        " không bị sửa."
    ),
    "Correct a scan": "Đính chính một lượt quét",
    "Attest who has it, where nobody scanned": "Khai lại người đang giữ, khi không ai quét",
    "Dispute a handoff": "Không đồng ý việc giao nhận",
    "Note damage, with a photo": "Ghi nhận hư hỏng, kèm ảnh",
    "Note reserves, with a photo": "Ghi ý kiến bảo lưu, kèm ảnh",
    "Declare it lost": "Khai báo thất lạc",
    "It was found and is in our hands": "Đã tìm thấy, đang ở đơn vị tôi",
    "The scan stays recorded and is shown struck through or put right, with your name and reason."
    " Custody and discrepancies are worked out anew.": (
        "Lượt quét vẫn được lưu, hiện gạch ngang hoặc kèm nội dung đúng, cùng tên bạn và lý do."
        " Người giữ và sai lệch được tính lại."
    ),
    "From the moment you name, the dossier counts as held by that party, marked as attested, until"
    " its next scan. It leaves its pouch, and a discrepancy Missing is closed.": (
        "Từ thời điểm bạn khai, hồ sơ được coi là do bên đó giữ, ghi rõ là khai lại, cho đến lượt"
        " quét sau. Hồ sơ ra khỏi túi; sai lệch Thiếu trong túi được đóng."
    ),
    "A discrepancy Disputed stands until a supervisor closes it. Nobody's custody changes.": (
        "Sai lệch Có tranh chấp sẽ mở cho đến khi lãnh đạo đóng. Người giữ không đổi."
    ),
    "A discrepancy Declared lost stands until it is scanned again. It stays its last holder's.": (
        "Sai lệch Khai mất mở cho đến khi được quét lại. Người giữ sau cùng vẫn chịu trách nhiệm."
    ),
    "This counts as a scan by your office, now: it is in your hands. Missing and Declared lost are"
    " closed; Found stands until its next scan.": (
        "Đây được tính là lượt quét của đơn vị bạn, ngay lúc này: hồ sơ do đơn vị bạn giữ. Các sai"
        " lệch Thiếu trong túi, Khai mất được đóng; sai lệch Tìm thấy mở đến lượt quét sau."
    ),
    "A discrepancy Damaged stands until a supervisor closes it. Nobody's custody changes.": (
        "Sai lệch Hư hỏng sẽ mở cho đến khi lãnh đạo đóng. Người giữ không đổi."
    ),
    "Your reserves are recorded with the handoff. Nobody's custody changes and no discrepancy"
    " opens.": (
        "Ý kiến bảo lưu được ghi cùng việc giao nhận. Người giữ không đổi, không mở sai lệch."
    ),
    "Report what is wrong with label, recipient or destination": (
        "Báo nhãn hỏng, nhầm người nhận hoặc sai nơi nhận"
    ),
    "A discrepancy opens: an unreadable label until another is stuck on, a wrong recipient or"
    " destination until another office or the right person has it, or a supervisor closes it."
    " Nobody's custody changes.": (
        "Một sai lệch được mở: nhãn không đọc được, cho đến khi dán nhãn mới; nhầm người nhận hoặc"
        " sai nơi nhận, cho đến khi đơn vị khác hay đúng người đã nhận; hoặc đến khi lãnh đạo đóng."
        " Người giữ không đổi."
    ),
    "The applicant withdraws it": "Người nộp rút hồ sơ",
    "Stop work on it": "Dừng giải quyết",
    "Refuse it at intake": "Từ chối tiếp nhận",
    "Record the applicant's rating": "Ghi đánh giá của người nộp",
    "Its clock stops now. The papers stay with whoever has them until they are returned; on their"
    " way, somebody is told to stop them.": (
        "Thời hạn dừng từ lúc này. Giấy tờ vẫn do người đang giữ chịu trách nhiệm đến khi trả lại;"
        " nếu đang trên đường, hệ thống mở sai lệch để có người giữ lại."
    ),
    "Its clock stops now, without a result. The papers stay with whoever has them until they are"
    " returned.": (
        "Thời hạn dừng từ lúc này, không có kết quả. Giấy tờ vẫn do người đang giữ chịu trách nhiệm"
        " đến khi trả lại."
    ),
    "Its clock stops now and the papers go back to the applicant at once: nobody holds them any"
    " more.": ("Thời hạn dừng từ lúc này; giấy tờ trả ngay cho người nộp, không ai còn giữ hồ sơ."),
    "The applicant's own word, counted in the reports; the last one counts.": (
        "Lời của chính người nộp, được tính vào báo cáo; lần ghi sau cùng được tính."
    ),
    "Rating": "Mức đánh giá",
    "Back": "Quay lại",
    "What it would come to": "Kết quả nếu khai báo",
    "Now": "Hiện nay",
    "Afterwards": "Sau khi khai báo",
    "Discrepancies as they would stand": "Sai lệch sau khi khai báo",
    "Discrepancies as they stand now": "Sai lệch hiện nay, sẽ thay đổi",
    "Neither custody nor discrepancies of this label change; the record does.": (
        "Người giữ và sai lệch của nhãn này không đổi; chỉ thêm vào hồ sơ ghi chép."
    ),
    "State it under my name": "Khai báo bằng tên tôi",
    "Change what you typed": "Sửa nội dung đã nhập",
    "See what it would come to": "Xem trước kết quả",
    "What is wrong with it?": "Lượt quét sai ở đâu?",
    "It did not occur": "Việc này không xảy ra",
    "It occurred, but reads wrong: put right below": "Có xảy ra nhưng ghi sai: sửa bên dưới",
    "As it should read": "Nội dung đúng",
    "Who has it": "Ai đang giữ",
    "From when": "Từ lúc nào",
    "Photo (JPEG or PNG), at most, in MiB:": "Ảnh (JPEG hoặc PNG), tối đa, MiB:",
    # stickers
    "Labels and papers": "Nhãn và giấy tờ",
    "Worn now": "Đang dùng",
    "Replaced; still leads here": "Đã thay; vẫn tra được hồ sơ này",
    "Print the label": "In nhãn",
    "New label": "Nhãn mới",
    "Its own label": "Nhãn riêng",
    "Paper": "Giấy tờ",
    "with its dossier": "đi cùng hồ sơ",
    "Its own scans": "Lượt quét riêng",
    "This is a paper of dossier": "Đây là giấy tờ của hồ sơ",
    "Stick another label on it": "Thay nhãn hồ sơ",
    "Give a paper its own label": "Dán nhãn riêng cho giấy tờ",
    "The dossier wears the new label from now on. The old number goes on leading to it, also when"
    " it is scanned; whoever scans it is told of the new one.": (
        "Từ nay hồ sơ mang nhãn mới. Số cũ vẫn dẫn đến hồ sơ này, kể cả khi quét; người quét số cũ"
        " được báo số mới."
    ),
    "A paper that is never scanned by itself goes where its dossier goes. Once it is scanned it has"
    " a history of its own, and its number leads to the dossier.": (
        "Giấy tờ không được quét riêng thì đi theo hồ sơ. Khi đã quét riêng, giấy tờ có diễn biến"
        " riêng; số nhãn của nó dẫn đến hồ sơ."
    ),
    "Which paper": "Giấy tờ nào",
    "Number of the new label": "Số của nhãn mới",
    "Leave the number empty: the office's next number is taken and printed.": (
        "Để trống: hệ thống lấy số kế tiếp của đơn vị để in."
    ),
    # pouch
    "Being filled": "Đang xếp",
    "Contents and manifest": "Trong túi và trên bảng kê",
    "In the pouch": "Trong túi",
    "On the manifest": "Trên bảng kê",
    "Nothing is in it and nothing is said to be.": "Túi trống, không có bảng kê.",
    "Its receipt is closed; nothing is left in the pouch.": (
        "Đã kết thúc kiểm nhận; túi không còn gì."
    ),
    "Manifest of the last receipt": "Bảng kê lần kiểm nhận sau cùng",
    "Found at the receipt": "Khi kiểm nhận",
    "seen": "đã thấy",
    "missing": "thiếu",
    "yes": "có",
    "no": "không",
}
