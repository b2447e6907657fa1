"""Playbooks: which resources a kind of engagement wants, as TOML that is checked before anything is contacted."""

from integrations.core.playbook.load import Catalogue, load
from integrations.core.playbook.playbook import FieldValue, Playbook, Step, Subject
from integrations.core.playbook.wants import Wanted, wanted

__all__ = ["Catalogue", "FieldValue", "Playbook", "Step", "Subject", "Wanted", "load", "wanted"]
