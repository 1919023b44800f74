import asyncio


def model(seconds, answer):
    async def connector(ctx):
        await asyncio.sleep(seconds)
        return answer

    return connector


def consensus(ctx):
    answers = list(ctx.results.values())
    return max(answers, key=answers.count)


CONNECTORS = {
    "gpt4": model(8, "42"),
    "claude": model(7, "42"),
    "gemini": model(6, "41"),
    "consensus_calculator": consensus,
}
