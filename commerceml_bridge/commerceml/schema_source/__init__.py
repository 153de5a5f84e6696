"""The one description of the format that every schema in ``schemas/`` is generated from: ``make schemas``.

``values`` holds the texts, numbers and lists, ``structure`` the elements of 2.05–2.10, ``structure_3`` those of 3.1,
``ours`` what the bridge itself writes; ``notation`` reads them, ``strict`` and ``tolerant`` write XSD 1.0 and 1.1.
Own words and own type names throughout: the official texts are compared with in tests, never copied.
Needs nothing but the standard library; nothing of it runs in a server. Facts: commerceml §1.1, §2, §2.7, §3, §8.
"""
