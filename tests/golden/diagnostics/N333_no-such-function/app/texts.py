if 1:

    def count(context):
        local = 1
        return [local]


late = count
