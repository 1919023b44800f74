PAYLOAD = {"docs": [{"title": "a", "pages": 2}, {"title": "b", "pages": 1}]}
CONNECTORS = {"reader": lambda ctx: f"{ctx.options['title']}:{ctx.options['page']}"}
