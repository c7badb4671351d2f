"""Words that say what a number is: in the sentence before it, or in the question that it answers.

Small on purpose, as the lists of `conversation.phrase_lists`: five languages, each entry beyond doubt. Written as
people write them; matched on normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.policy import Kind

Topic = Literal["card", "phone", "id_number", "account", "iban", "code", "order", "amount", "birth", "email"]

PERSONAL: Mapping[Topic | None, Kind] = {
    "card": "card", "phone": "phone", "id_number": "id_number", "account": "account", "iban": "iban", "code": "digits",
}  # fmt: skip
"""Topics of numbers that are personal, and their kinds."""

_WORDS: dict[Topic, str] = {
    "card": (
        "card number|credit card|debit card|card|visa|mastercard|amex|american express|cvv|cvc|security code|"
        "tarjeta|código de seguridad|"
        "carte bancaire|carte bleue|carte de crédit|carte|cryptogramme|code de sécurité|"
        "karte|kartennummer|kreditkarte|kreditkartennummer|bankkarte|girokarte|prüfnummer|prüfziffer|sicherheitscode|"
        "卡号|银行卡|信用卡|储蓄卡|借记卡|卡片|安全码|カード|セキュリティコード|セキュリティーコード"
    ),
    "phone": (
        "phone|telephone|mobile|cell|cellphone|landline|whatsapp|callback number|contact number|"
        "call me|call you|reach me|reach you|text me|my number|fax|extension|"
        "teléfono|móvil|celular|llámeme|llamarme|llamarle|"
        "téléphone|portable|joindre|rappeler|rappelez|"
        "telefon|telefonnummer|handy|handynummer|mobilnummer|rufnummer|rückrufnummer|festnetz|meine nummer|durchwahl|"
        "电话|手机|联系方式|座机|来电|回电|致电|電話|携帯|お電話|折り返し"
    ),
    "id_number": (
        "social security|ssn|my social|passport|national insurance|ni number|driving licence|driving license|"
        "driver's license|drivers license|driver's licence|licence number|license number|identity card|identity number|"
        "id card|id number|national id|tax id|tax number|nhs number|"
        "dni|nie|nif|pasaporte|cédula|seguridad social|carné de conducir|carnet de conducir|licencia de conducir|curp|"
        "sécurité sociale|passeport|permis de conduire|carte d'identité|pièce d'identité|titre de séjour|"
        "ausweis|ausweisnummer|personalausweis|reisepass|passnummer|steuernummer|steuer-id|sozialversicherungsnummer|"
        "rentenversicherungsnummer|versichertennummer|führerschein|führerscheinnummer|"
        "身份证|护照|驾照|驾驶证|证件|社保|マイナンバー|個人番号|免許証|パスポート|旅券|保険証|在留カード"
    ),
    "account": (
        "account number|account|sort code|routing number|routing|policy number|membership number|member number|"
        "member id|customer number|customer id|client number|contract number|patient number|"
        "número de cuenta|cuenta|número de cliente|número de socio|póliza|número de contrato|código de cliente|"
        "numéro de compte|compte|numéro client|numéro de client|numéro d'adhérent|numéro de contrat|identifiant|"
        "konto|kontonummer|bankleitzahl|kundennummer|mitgliedsnummer|vertragsnummer|versicherungsnummer|policennummer|"
        "patientennummer|depotnummer|"
        "账号|账户|帐号|帐户|会员号|会员编号|会员卡|客户编号|客户号|合同号|合同编号|保单号|保单|学号|"
        "口座|会員番号|お客様番号|顧客番号|契約番号|証券番号|診察券"
    ),
    "iban": "iban",
    "code": (
        "verification code|one-time code|one time code|one-time password|passcode|password|pin code|pin|otp|"
        "access code|"
        "código de verificación|clave|contraseña|pin|"
        "code de vérification|code de confirmation|mot de passe|code secret|code reçu|code sms|"
        "passwort|kennwort|geheimzahl|geheimnummer|bestätigungscode|verifizierungscode|"
        "验证码|校验码|动态码|密码|口令|認証コード|確認コード|暗証番号|パスワード|ワンタイム"
    ),
    "order": (
        "order number|order no|order id|order|tracking number|tracking|ticket number|ticket|reference number|reference|"
        "case number|case id|booking|reservation|confirmation number|invoice|receipt|serial number|serial|model number|"
        "version|build|firmware|part number|product number|article number|item number|sku|flight|claim number|"
        "parcel number|shipment|"
        "número de pedido|pedido|seguimiento|incidencia|referencia|reserva|factura|localizador|expediente|tique|"
        "número de serie|numéro de commande|commande|suivi|dossier|référence|réservation|facture|colis|"
        "bestellnummer|bestellung|auftrag|auftragsnummer|sendung|sendungsnummer|rechnungsnummer|vorgangsnummer|"
        "aktenzeichen|referenznummer|buchung|buchungsnummer|seriennummer|artikelnummer|schadennummer|ticketnummer|"
        "numéro de série|订单|单号|快递|物流|运单|工单|流水号|票号|预订|发票|型号|序列号|货号|航班|版本|"
        "注文|追跡|受付|伝票|予約|お問い合わせ番号|問い合わせ番号|製造番号|型番|品番|シリアル|バージョン"
    ),
    "amount": (
        "amount|total|price|balance|paid|pay|charged|costs|cost|"
        "importe|saldo|precio|cobraron|cobrado|pagué|pagado|"
        "montant|solde|prix|prélevé|payé|"
        "betrag|summe|preis|saldo|kontostand|gezahlt|kostet|kosten|"
        "金额|余额|一共|总共|共计|价格|付了|扣了|合計|金額|料金|残高|代金"
    ),
    "birth": (
        "date of birth|birth date|birthdate|birthday|born|dob|"
        "fecha de nacimiento|nací|nacido|nacida|cumpleaños|"
        "date de naissance|née|né|naissance|anniversaire|"
        "geburtsdatum|geburtstag|geboren|"
        "出生|生日|生年月日|誕生日|生まれ"
    ),
    "email": "email|e-mail|mail address|mailadresse|correo|courriel|adresse mail|邮箱|邮件|メール",
}


def word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Fits the longest of these words; those with Latin letters as words of their own, also in the plural."""
    found = sorted(words, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in found if word.isascii())
    others = "|".join(re.escape(word) for word in found if not word.isascii())
    return re.compile(rf"(?<![a-z])({latin})(?:s|n)?(?![a-z])|({others})")


_TOPIC_OF: dict[str, Topic] = {normalize(word): topic for topic, words in _WORDS.items() for word in words.split("|")}
_TOPICS = word_pattern(_TOPIC_OF)

LAST_DIGITS = word_pattern(
    normalize(
        "last four|last 4|final four|ending in|ends in|ending with|últimos cuatro|termina en|acaba en|"
        "quatre derniers|se termine par|letzten vier|letzte vier|endet auf|endet mit|"
        "后四位|末四位|尾号|最后四位|下四桁|下4桁|末尾"
    ).split("|")
)
"""Few digits that stand for a whole number."""


_BIRTH = word_pattern(normalize(word) for word in _WORDS["birth"].split("|"))


def speaks_of_birth(text: str) -> bool:
    """Whether any word of a normalised text is on birth."""
    return _BIRTH.search(text) is not None


class Cue(NamedTuple):
    """A word that says what a number is, and where it stands in its text."""

    topic: Topic
    begin: int
    end: int


def cues(text: str) -> list[Cue]:
    """All such words of a normalised text, in their order."""
    return [Cue(_TOPIC_OF[match[1] or match[2]], *match.span()) for match in _TOPICS.finditer(text)]


_BETWEEN = frozenset(
    normalize(
        "number numbers no nr id code digits digit the a my your his her our of in on for is are was it its it's "
        "that's that this and with has four three last final ending ends ended following "
        "el la los es son numero de mi su en con termina acaba en digitos cuatro ultimos tres lleva "
        "nummer lautet ist meine mein meiner ihre ihr die der das und mit auf endet letzten ziffern von im vier "
        "le les est sont c'est numero du de mon ma son votre au porte se termine par chiffres quatre derniers trois "
        "号 号码 码 是 为 的 我 您 尾 后 最 四 三 位 数 这 个 第 は が の 番 号 で す お 下 桁 四 コ ー ド"
    ).split()
)
"""What may stand between such a word and few digits that it speaks of."""


def is_between(word: str) -> bool:
    """Whether a word, or a sign, may stand between a cue and its number."""
    return not word.isalnum() or word in _BETWEEN
