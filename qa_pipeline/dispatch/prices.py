"""What a channel-second of each model costs the account that is asked."""

from __future__ import annotations

from qa_pipeline.ledger.rows import Billing, LedgerRow
from qa_pipeline.transcription.models import Model


class PriceList:
    """Prices in US dollars; the local service is free."""

    def __init__(self, billing: Billing, own_price_usd: float | None = None) -> None:
        self._billing = billing
        self._own_price_usd = own_price_usd

    def of(self, model: Model) -> float:
        """Price of one second of one channel.

        Raises:
            UnknownPrice: the table has none for the account's region, and the settings name none.
        """
        return self._at(self._billing.engine_kind, self._billing.region, model)

    def of_answer(self, model: Model, billed_s: float, tokens: tuple[int, int] | None) -> float:
        """What a channel-second of an answer cost: by its tokens where these are priced and counted, else as `of`.

        Raises:
            UnknownPrice: as `of`.
        """
        if self._billing.engine_kind == "local" or tokens is None or not billed_s or self._own_price_usd is not None:
            return self.of(model)
        if not model.is_priced_by_tokens:
            return self.of(model)
        return model.price_of_tokens(self._billing.region, *tokens) / billed_s

    def of_unit(self, unit: LedgerRow, model: Model) -> float:
        """The same for whoever was asked about a unit, which an earlier run may have done with another account.

        Raises:
            UnknownPrice: as `of`.
        """
        return self._at(unit.engine_kind, unit.region, model)

    def _at(self, engine_kind: str, region: str, model: Model) -> float:
        if engine_kind == "local":
            return 0.0
        return model.price(region) if self._own_price_usd is None else self._own_price_usd
