def judge(ctx):
    return {"label": ctx.options.get("text", "plain")}


PAYLOAD = {"texts": ["a", "b"]}
CONNECTORS = {"judge": judge, "fetch": lambda ctx: "text"}
