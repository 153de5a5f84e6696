"""The site side of 1C's "Обмен с сайтом": one module per mode, answers as values, HTTP only in ``views`` and below."""
