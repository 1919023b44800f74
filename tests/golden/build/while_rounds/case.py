PAYLOAD = {"again": True}


def writer(ctx):
    return f"draft after {ctx.options['feedback']}"


def reviewer(ctx):
    rounds = ctx.options["text"].count("more")
    feedback = ctx.options["text"].removeprefix("draft after ")
    return {"score": 0.4 + rounds * 0.3, "feedback": f"{feedback}, more"}


CONNECTORS = {"writer": writer, "reviewer": reviewer, "counter": lambda ctx: ctx.step}
