"""Has MuJoCo told how to draw before a test file imports it."""

import acme_vlm.environments.playhouse  # noqa: F401
