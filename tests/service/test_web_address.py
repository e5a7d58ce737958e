import pytest

from service.web_address import origin_of, path_of, same_host


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Cameras.Example.org", "https://cameras.example.org"),
        ("HTTPS://cameras.example.org:443/x/", "https://cameras.example.org"),
        ("http://10.0.0.7:80", "http://10.0.0.7"),
        ("http://10.0.0.7:8080/", "http://10.0.0.7:8080"),
        ("http://[fd00::7]:8000", "http://[fd00::7]:8000"),
        ("http://[fd00::7]", "http://[fd00::7]"),
    ],
)
def test_origins_are_written_as_browsers_do(address: str, origin: str) -> None:
    """Lower case, without the usual port and the path."""
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address", ["", "null", "*", "cameras.example.org", "ftp://h", "https://", "https://u:p@h",
                "https://h:port", "https://h:70000", "https://*.example.org", "https://a b"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(address: str) -> None:
    """Wildcards and `null` would let every page in."""
    with pytest.raises(ValueError, match=r".+"):
        origin_of(address)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://h", ""),
        ("https://h/", ""),
        ("https://h/pw/", "/pw"),
        ("/a/b-c_1.2~", "/a/b-c_1.2~"),
    ],
)
def test_paths_end_without_a_slash(address: str, path: str) -> None:
    """The top is the empty path."""
    assert path_of(address) == path


@pytest.mark.parametrize("address", ["/a?b", "/a#b", "/a b", "/a/../b", "/a//b", "/%2e", "a"])
def test_paths_that_proxies_rewrite_are_refused(address: str) -> None:
    """A path that has to be escaped reaches us otherwise than it was written."""
    with pytest.raises(ValueError, match=r".+"):
        path_of(address)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://h:8000", "h:8000", True),
        ("https://h", "h", True),
        ("https://h", "h:443", True),
        ("https://H", "h", True),
        ("http://h", "h:443", False),
        ("https://h", "127.0.0.1:8000", False),
        ("null", "h", False),
        ("https://h@evil", "h", False),
        ("http://[", "h", False),
    ],
)
def test_a_page_of_ours_is_recognised(origin: str, host: str, same: bool) -> None:
    """By host and port; proxies write the usual port, or leave it away."""
    assert same_host(origin, host) is same
