"""The Bitrix24 room: REST in, domain invoices out, and the paid stage written back.

Follows facts bitrix24-rest. Knows neither Flask nor the database: what it needs to remember (cursor, moved address,
product codes) it returns as values or takes as arguments.

    webhook.py        the secret address        limits.py     the portal's leaky bucket
    answers.py        envelope → value          refusals.py   error codes → our error tree
    client.py         one call                  batch.py      fifty calls in one
    lists.py          whole lists in batches    values.py     scalars of the wire
    portal_info.py    kinds, pipelines, stages
    portal_check.py   what an operator should mend (findings.py seller_check.py numbering_check.py)
    cursor.py listing.py details.py products.py assembly.py fetch.py   changed invoices with everything around them
    mapping.py old_mapping.py parties.py text.py           JSON → domain values
    write.py          the paid stage, proven
"""
