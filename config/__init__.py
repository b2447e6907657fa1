"""Settings, playbooks and templates."""
