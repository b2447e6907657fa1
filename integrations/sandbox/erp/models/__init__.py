"""The models that the pretend Odoo has, by name."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.sandbox.erp.model import Model
from integrations.sandbox.erp.models.account_move import ACCOUNT_MOVE
from integrations.sandbox.erp.models.accounting import PAYMENT_TERM
from integrations.sandbox.erp.models.base import API_KEY, COMPANY, COUNTRY, CURRENCY, EXTERNAL_ID, USER
from integrations.sandbox.erp.models.lead import LEAD
from integrations.sandbox.erp.models.partner import CATEGORY, PARTNER
from integrations.sandbox.erp.models.pipeline import LOST_REASON, RECURRING_PLAN, STAGE, TAG, TEAM
from integrations.sandbox.erp.models.sale_order import SALE_ORDER

MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        ACCOUNT_MOVE,
        API_KEY,
        CATEGORY,
        COMPANY,
        COUNTRY,
        CURRENCY,
        EXTERNAL_ID,
        LEAD,
        LOST_REASON,
        PARTNER,
        PAYMENT_TERM,
        RECURRING_PLAN,
        SALE_ORDER,
        STAGE,
        TAG,
        TEAM,
        USER,
    )
}
