"""Finding conversations: by words that were said, by filters, in an order, page by page.

`transcripts` is the index, in which words and `facets` stand; `filters` say what is wanted,
`finding` asks the index for it, and `lists` are what a team sees of it.
"""
