"""The language server protocol: loop, repairs, documents, publishing."""
