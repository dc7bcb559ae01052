from acme_vlm.environments.android.apps import documents
from tests.environments.android.apps import recording

BY_NAME = {app.name: app for app in documents.APPS}


def test_every_app_keeps_the_rules():
  recording.check(documents.APPS)


def test_there_is_something_on_every_list():
  for name, at_least in (
    ('Files', 13),
    ('Notes', 7),
    ('Tasks', 9),
    ('Slides', 4),
    ('Translate', 7),
  ):
    assert len(recording.texts(BY_NAME[name])) >= at_least, name
