LIMIT = 5


def count(text, at_least=1):
    return len(text) >= at_least


def shrink(text, length):
    return text[:length]
