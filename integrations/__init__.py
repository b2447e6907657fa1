"""Adapters to vendors' systems, the core that reconciles them, and the flows that say what is wanted."""
