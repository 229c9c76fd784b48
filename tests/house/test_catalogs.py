from config.catalogs import Texts


def test_every_language_says_everything_within_its_segments() -> None:
    assert list(Texts().problems()) == []
