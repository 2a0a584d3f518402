"""What officers of the demonstration evening log, as it was written: searches, an arrest, a weapon, talks, a court of

one's own. Only data; `demo/records.py` turns it into facts for a date. Times are London clock time.
"""
