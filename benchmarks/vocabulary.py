"""The words of made-up calls: by language, from the most common to the rarest.

A few dozen real words come first, since Zipf's law gives them most of what is said; made-up ones follow, so that a
search also has words to find that hardly anybody says. Chinese and Japanese words have two characters each. None of
them is a back-channel, which would change the turns.
"""

from __future__ import annotations

import zlib
from itertools import chain, islice, product

from qa_pipeline.conversation.phrases import is_backchannel

WORDS_A_LANGUAGE = 8000

_COMMON = {
    "en": (
        "the you I to a and it is that my for in of we on have not this can with your me be was please do but "
        "account so are no yes will what at order if from card just been one need right know as would call "
        "payment help number there okay email get had bill see they service day money time back when charged "
        "system check sorry thank now refund problem address delivery name still week today month internet "
        "contract cancel phone working customer line moment nobody manager complaint invoice wrong twice password "
        "router package waiting tomorrow confirm understand"
    ),
    "es": (
        "de que no la el en y a lo me es por un con se una para le mi los pero su más del está si ya como cuenta "
        "las tengo usted sí factura muy gracias pedido cuando esto pago todo hay ayuda número momento bien favor "
        "servicio problema correo tarjeta hoy semana entrega dinero nadie contrato teléfono línea reembolso "
        "mañana dirección queja"
    ),
    "de": (
        "die und der ich das nicht ist es sie zu ein mir in den wir mit habe was auf für dass eine bitte im haben "
        "aber von noch ja nein kann auch so Konto Rechnung mal dann wenn jetzt Ihnen hat schon Vertrag danke "
        "Nummer Geld Bestellung gut Problem heute Lieferung Anschluss Woche Karte Adresse Moment niemand zurück "
        "Kündigung Beschwerde"
    ),
    "fr": (
        "de la le je et vous pas que à les un est ne pour en une mon il des ce qui avec sur mais dans compte nous "
        "oui plus non bien facture fait merci si commande votre tout très payer problème suis numéro quand "
        "service carte aide jour semaine livraison argent personne contrat téléphone ligne remboursement demain "
        "adresse moment plainte"
    ),
    "zh": (
        "我们 你们 这个 可以 没有 什么 一个 账单 账户 客服 问题 现在 时候 请问 电话 已经 谢谢 "
        "知道 不是 就是 费用 订单 号码 退款 处理 需要 服务 今天 系统 公司 地址 明天 快递 手机 "
        "合同 取消 网络 投诉 银行 密码 稍等 帮您 确认 经理 为什 上个 这边 如果 因为 但是"
    ),
    "ja": (
        "です ます ので から こと 電話 料金 注文 請求 確認 お客 住所 番号 返金 配達 契約 解約 "
        "明日 今日 問題 担当 少々 はい いえ これ それ でも 支払 名前 お願 待ち 時間"
    ),
}
_ONSETS = "br ch d f gl h k l m n p qu r s st t tr v w z"
_VOWELS = "a e i o u ai ea ou"
_CODAS = "l n r s t x"
_HANZI = (
    "安保北本比边便变表别并才查常场车成程处传打单当到道得地点电定动都对多发方份分风服复告更工共关光规国海"
    "合和红回会活机计记加件交接结解金进经开看科口快来理力利联路买满名目内能年期前钱请全然让人日三上设身生"
    "时实市事收手数水说司四送算所特提体天通同头退完晚网文问无物"
)
_KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ"

LANGUAGES = tuple(_COMMON)


def ranked_words(language: str) -> list[str]:
    """`WORDS_A_LANGUAGE` different words of one of `LANGUAGES`, the most common first, of one blank-free piece each."""
    common = _COMMON[language].split()
    if language in ("zh", "ja"):
        made_up = map("".join, product(_HANZI if language == "zh" else _HANZI + _KANA, repeat=2))
    else:
        onsets, vowels, codas = _ONSETS.split(), _VOWELS.split(), _CODAS.split()
        made_up = map("".join, product(onsets, vowels, onsets, vowels, codas))
    mixed = sorted(made_up, key=lambda word: zlib.crc32(word.encode()))
    different = dict.fromkeys(chain(common, mixed))
    return list(islice((word for word in different if not is_backchannel([(word, language)])), WORDS_A_LANGUAGE))
