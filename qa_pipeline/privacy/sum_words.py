"""Words that make the number behind them an amount, where nothing but a link stands between."""

from __future__ import annotations

from qa_pipeline.privacy.contexts import Cue, word_pattern
from qa_pipeline.privacy.normalized import normalize

SUMS = word_pattern(
    normalize(
        "bill|bills|debt|limit|credit limit|loan|debit|debits|refund|deposit|withdrawal|overdraft|mortgage|salary|"
        "transferred|took|withdrew|debited|deducted|refunded|deposited|borrowed|owe|owed|owes|spent|"
        "factura|deuda|límite|préstamo|cargo|transferencia|transferí|transferido|ingresé|debo|sueldo|hipoteca|"
        "facture|dette|plafond|prêt|virement|débit|prélèvement|viré|dois|salaire|découvert|"
        "rechnung|abrechnung|kreditkartenabrechnung|kartenabrechnung|schulden|kreditlimit|darlehen|kredit|gehalt|"
        "überwiesen|abgehoben|abgebucht|bezahlt|"
        "账单|欠款|欠了|额度|转账|转了|汇了|还款|贷款|退款|取了|存了|工资|借了|"
        "請求|限度額|支払い|振り込み|振込|借金|給料"
    ).split("|")
)


def sums(text: str, cues: list[Cue]) -> list[Cue]:
    """All such words of a normalised text, and those of its `cues` that name an amount, by their ends."""
    found = [Cue("amount", *match.span()) for match in SUMS.finditer(text)]
    return sorted([*found, *(cue for cue in cues if cue.topic == "amount")], key=lambda cue: cue.end)
