"""Words for money and for what is counted, beside a number."""

from __future__ import annotations

from qa_pipeline.privacy.normalized import normalize

SIGNS = frozenset("$€£¥₹₩₽₺₫฿")
CODES = frozenset(
    normalize(
        "usd eur gbp cny rmb jpy inr rs kr nok sek dkk chf cad aud nzd hkd twd sgd mxn brl ars clp krw aed zar pln czk "
        "huf myr thb idr vnd"
    ).split()
)
_NAMES_OF_MONEY = frozenset(
    normalize(
        "dollar dollars euro euros pound pounds yuan yen peso pesos franc francs cent cents bucks quid rupee rupees "
        "rupia rupias roupie roupies krona kronor krone kroner couronne couronnes corona coronas won real reais "
        "franken rand dirham dirhams lira liras zloty baht ringgit dolares libras centimos livres centimes 元 块 圆 円"
    ).split()
)
MONEY = SIGNS | CODES | _NAMES_OF_MONEY
"""Before or behind a number these say that it is money, however long it is."""
COUNTED = frozenset(
    normalize(
        "% percent thousand million billion units unit pieces people customers users employees items miles points "
        "steps words minutes seconds hours days weeks months years times copies kilometers kg km gb mb porciento "
        "unidades personas clientes puntos minutos horas dias meses anos veces unites personnes clients minutes heures "
        "jours mois ans fois pourcent prozent stuck minuten stunden sekunden tage tagen wochen monate monaten jahre "
        "jahren kunden personen leute punkte kilometer mal tausend millionen uhr "
        "角 分 人 个 件 次 台 份 条 张 位 倍 米 吨 天 年 月 日 号 点 时 秒 小 岁 "
        "名 家 箱 万 千 百 亿 度 本 枚 回 歳 社"
    ).split()
)
"""What is counted, right behind a number. 号 is that of a day."""
WEAK = frozenset("号个人日月年点分时小")
"""Behind a number of seven digits or more they begin another word."""
