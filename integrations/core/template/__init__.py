"""Templates of playbooks: Jinja expressions over a deal, held so tight that no value can do harm."""

from integrations.core.template.expression import NotYet, StepView, Template, TemplateFault
from integrations.core.template.markdown import document, is_supported

__all__ = ["NotYet", "StepView", "Template", "TemplateFault", "document", "is_supported"]
