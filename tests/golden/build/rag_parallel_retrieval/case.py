import asyncio


async def slow_web(ctx):
    await asyncio.sleep(70)


CONNECTORS = {
    "pinecone_retriever": lambda ctx: ["doc"],
    "github_retriever": lambda ctx: ["code"],
    "web_scraper": slow_web,
    "gpt4": lambda ctx: "never asked: the chain's 60 seconds end before",
}
