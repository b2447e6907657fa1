"""The models that the pretend Odoo has, by name."""

from __future__ import annotations

from integrations.sandbox.erp.environment import MODELS
from integrations.sandbox.erp.models import accounting, base, contract, pipeline, products, projects
from integrations.sandbox.erp.models.account_move import ACCOUNT_MOVE
from integrations.sandbox.erp.models.account_move_line import ACCOUNT_MOVE_LINE
from integrations.sandbox.erp.models.currency_rate import CURRENCY_RATE
from integrations.sandbox.erp.models.lead import LEAD
from integrations.sandbox.erp.models.merge import WIZARD
from integrations.sandbox.erp.models.message import MESSAGE
from integrations.sandbox.erp.models.partner import CATEGORY, PARTNER
from integrations.sandbox.erp.models.sale_order import PLAN, SALE_ORDER
from integrations.sandbox.erp.models.sale_order_line import SALE_ORDER_LINE

__all__ = ["MODELS"]

MODELS.update(
    (model.name, model)
    for model in (
        ACCOUNT_MOVE,
        ACCOUNT_MOVE_LINE,
        CATEGORY,
        CURRENCY_RATE,
        LEAD,
        MESSAGE,
        PARTNER,
        PLAN,
        SALE_ORDER,
        SALE_ORDER_LINE,
        WIZARD,
        *(accounting.ACCOUNT, accounting.FISCAL_POSITION, accounting.FISCAL_POSITION_TAX, accounting.PAYMENT_TERM),
        *(accounting.STATEMENT_LINE, accounting.TAX),
        *(base.API_KEY, base.COMPANY, base.COUNTRY, base.CURRENCY, base.EMPLOYEE, base.EXTERNAL_ID, base.USER),
        *(contract.CONTRACT, contract.CONTRACT_LINE, contract.CONTRACT_TAG),
        *(pipeline.LOST_REASON, pipeline.RECURRING_PLAN, pipeline.STAGE, pipeline.TAG, pipeline.TEAM),
        *(products.PRODUCT, products.UNIT),
        *(projects.ANALYTIC_LINE, projects.ANALYTIC_TAG, projects.MILESTONE, projects.PROJECT),
    )
)
