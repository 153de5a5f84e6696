"""Pure values and functions: invoices, documents, numbering, matching, reconciliation. No I/O, no libraries."""
