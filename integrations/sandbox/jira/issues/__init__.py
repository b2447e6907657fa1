"""Issues: created, changed, moved through their workflow, commented, and searched through an index that lags."""
