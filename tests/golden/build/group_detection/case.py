PAYLOAD = {"urgent": True}
CONNECTORS = {"work": lambda ctx: ctx.step}
