"""Contact sync: the ERP's contacts are members elsewhere, and nobody who left."""
