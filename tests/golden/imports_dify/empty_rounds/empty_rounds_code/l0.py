def main(x):
    return {"r": x}
