import atexit
import os
import shutil
import tempfile

FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER)
os.environ["N3GEN_STATE"] = os.path.join(FOLDER, "state.db")

PAYLOADS = {
    "visit": {"user": "ada", "pages": ["home", "shop", "home"]},
    "forget": {"user": "ada"},
}
