"""One module per way in; each loops over the operations and knows no analysis."""
