"""The bars of the store: each measured beside a raw limit in the same run; for `bench store`.

A bar is a function from a `Context` to a `Bar`, named in `every.BARS`.
"""
