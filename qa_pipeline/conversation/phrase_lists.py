"""What listeners murmur, and what only agents say, by language. Small on purpose: each entry must be beyond doubt.

Written as people write them; `phrases.fold` takes care of case, punctuation and width. `ANY` holds what is written
alike in many languages, since recognizers label "OK" by the sentences around it. A setting adds to both lists.
"""

from __future__ import annotations

ANY = "any"

BACKCHANNELS: dict[str, tuple[str, ...]] = {
    ANY: ("mm", "mmm", "hm", "hmm", "mhm", "mm-hm", "mmhm", "uh-huh", "ah", "oh", "aha", "ok", "okay"),
    "en": ("yeah", "yes", "yep", "yup", "right", "i see", "sure", "all right", "alright", "got it", "of course",
           "true", "exactly", "absolutely", "oh really", "really", "wow", "good", "great", "uh", "um", "huh"),
    "zh": ("嗯", "嗯哼", "哦", "噢", "喔", "啊", "对", "对对", "是", "是的", "是啊", "对啊", "好", "好的", "行",
           "明白", "了解", "这样啊", "没错", "唔"),
    "yue": ("嗯", "哦", "噢", "係", "係呀", "係啊", "好", "好呀", "好啊", "明白", "知道", "冇錯", "啱", "係咩",
            "嘅"),
    "ja": ("はい", "ええ", "うん", "うんうん", "ああ", "へえ", "そう", "そうです", "そうですね", "そうですか",
           "なるほど", "はあ", "かしこまりました", "承知しました", "わかりました", "分かりました"),
    "ko": ("네", "예", "음", "응", "아", "그래요", "그렇죠", "그렇군요", "맞아요", "알겠습니다", "네네"),
    "de": ("ja", "ja ja", "genau", "mhm", "aha", "ach so", "achso", "gut", "richtig", "stimmt", "klar",
           "alles klar", "verstehe", "ich verstehe", "jo", "na gut"),
    "es": ("sí", "si", "ajá", "aja", "claro", "vale", "ya", "bueno", "bien", "exacto", "entiendo", "de acuerdo",
           "ah ya", "por supuesto", "correcto"),
    "fr": ("oui", "ouais", "d'accord", "ah oui", "ah bon", "bien sûr", "voilà", "je vois", "très bien",
           "exactement", "tout à fait", "euh"),
    "pt": ("sim", "é", "tá", "tá bom", "está bem", "certo", "claro", "isso", "entendi", "aham", "uhum", "pois",
           "pois é", "sei"),
    "it": ("sì", "si", "certo", "va bene", "ho capito", "capisco", "esatto", "giusto", "ah ecco", "ecco",
           "perfetto"),
    "ru": ("да", "ага", "угу", "так", "понятно", "ясно", "хорошо", "ну да", "конечно", "точно", "понял", "поняла"),
    "ar": ("نعم", "ايوه", "أيوه", "طيب", "تمام", "اه", "آه", "صح", "أكيد", "ماشي", "حاضر"),
    "hi": ("हाँ", "हां", "जी", "जी हाँ", "जी हां", "हाँ जी", "ठीक है", "अच्छा", "सही", "हूँ"),
    "th": ("ค่ะ", "คะ", "ครับ", "ใช่", "ใช่ค่ะ", "ใช่ครับ", "อืม", "อือ", "โอเค", "เข้าใจ"),
    "id": ("ya", "iya", "oh ya", "baik", "oke", "betul", "benar", "begitu", "siap"),
    "ms": ("ya", "baik", "betul", "oke", "okey", "faham"),
    "vi": ("dạ", "vâng", "ừ", "à", "ừm", "đúng", "đúng rồi", "rồi", "được"),
    "tr": ("evet", "tamam", "peki", "anladım", "tabii", "doğru", "hı hı", "hıhı"),
    "pl": ("tak", "no", "aha", "dobrze", "jasne", "rozumiem", "właśnie", "okej"),
}  # fmt: skip
"""Language → words and phrases of a listener. A turn of nothing but these, inside the other's turn, takes no floor.
A no is left out: it may well be meant to stop the other."""

AGENT_PHRASES: dict[str, tuple[str, ...]] = {
    "en": ("thank you for calling", "thanks for calling", "how can i help", "how may i help", "how can i assist",
           "how may i assist", "what can i do for you", "call is recorded", "call is being recorded",
           "call may be recorded", "call may be monitored", "you are speaking with", "you're speaking with",
           "am i speaking with", "anything else i can", "is there anything else"),
    "zh": ("有什么可以帮", "有什么能帮", "有什么可以为您", "需要什么帮助", "为您服务", "感谢您的来电", "感谢来电",
           "本次通话", "通话将被录音", "客服中心", "工号", "可以帮您的吗", "祝您"),
    "yue": ("有咩可以幫", "有乜嘢可以幫", "有咩可以帮", "其他嘢可以幫", "多謝你嘅來電", "多謝你打嚟", "多謝致電",
            "今次通話會錄音", "客戶服務"),
    "ja": ("お電話ありがとうございます", "お電話ありがとうございました", "が承ります", "を承りました", "ご用件",
           "お伺いいたします", "品質向上のため", "録音しております", "他にご不明な点", "ほかにご不明な点"),
    "ko": ("무엇을 도와드릴까요", "무엇을 도와 드릴까요", "고객센터", "상담원", "서비스 품질 향상",
           "전화 주셔서 감사합니다", "이용해 주셔서 감사합니다", "더 궁금하신", "더 도와드릴"),
    "de": ("wie kann ich ihnen helfen", "was kann ich für sie tun", "danke für ihren anruf", "dank für ihren anruf",
           "sie sprechen mit", "zur qualitätssicherung", "zu schulungszwecken",
           "kann ich sonst noch etwas für sie"),
    "es": ("en qué puedo ayudar", "en qué le puedo ayudar", "en qué puedo servir", "cómo puedo ayudar",
           "gracias por llamar", "gracias por su llamada", "le atiende", "le saluda",
           "esta llamada puede ser grabada", "algo más en lo que", "algo más en que"),
    "fr": ("comment puis-je vous aider", "en quoi puis-je vous aider", "que puis-je faire pour vous",
           "merci de votre appel", "merci d'avoir appelé", "à votre écoute", "appel peut être enregistré",
           "appel est enregistré", "autre chose pour vous"),
    "pt": ("em que posso ajudar", "como posso ajudar", "obrigado por ligar", "obrigada por ligar",
           "agradece a sua ligação", "agradecemos a sua ligação", "agradecemos o seu contato",
           "posso ajudar em mais"),
    "it": ("come posso aiutarla", "in cosa posso aiutarla", "come posso esserle utile", "grazie per aver chiamato",
           "grazie per averci chiamato", "posso aiutarla in altro"),
    "ru": ("чем могу помочь", "чем я могу помочь", "чем могу вам помочь", "спасибо за звонок",
           "благодарим за звонок", "разговор записывается", "могу ещё чем", "могу еще чем"),
    "ar": ("كيف أستطيع مساعدتك", "كيف يمكنني مساعدتك", "كيف أقدر أساعدك", "شكرا لاتصالك", "شكرا لتواصلك"),
    "hi": ("क्या सहायता कर सकत", "कैसे सहायता कर सकत", "क्या मदद कर सकत", "कैसे मदद कर सकत",
           "कॉल करने के लिए धन्यवाद"),
    "th": ("มีอะไรให้ช่วย", "มีอะไรให้รับใช้", "ยินดีให้บริการ", "ขอบคุณที่โทร", "ขอบคุณที่ใช้บริการ"),
    "id": ("ada yang bisa saya bantu", "ada yang bisa dibantu", "terima kasih telah menghubungi"),
    "vi": ("có thể giúp gì", "cảm ơn quý khách", "cảm ơn anh chị đã gọi"),
    "tr": ("nasıl yardımcı olabilirim", "size nasıl yardımcı", "aradığınız için teşekkür"),
    "pl": ("w czym mogę pomóc", "jak mogę pomóc", "dziękuję za telefon", "dziękujemy za telefon"),
}  # fmt: skip
"""Language → what agents say when they greet or close, and customers do not. Matched anywhere in a sentence."""
