"""Fetching from addresses that lead elsewhere or nowhere, and from servers that drip."""

import pytest

from hub_server import REPO, breaks_off, drips, says, web, well
from transformer_cinema.inference import hub
from transformer_cinema.inference.errors import Cancelled, ModelError
from transformer_cinema.inference.hub import ModelName
from transformer_cinema.inference.model import Model

NAME = ModelName.parse(REPO)


def fetch(server, cache, **settings):
    return hub.fetch(NAME, cache, endpoint=server.address, web=web(**settings))


class TestRedirects:
    def test_are_followed(self, server, cache):
        there = f"{server.address}/{REPO}/resolve/main/config.json?signed=1"
        server.faults = [says(302, {"Location": there})]
        assert Model.load(fetch(server, cache)).info.n_layer == 2

    def test_keep_the_range(self, server, cache):
        there = f"/{REPO}/resolve/main/model.safetensors?signed=1"
        server.faults = [well, well, breaks_off(40_000), says(307, {"Location": there})]
        fetch(server, cache)
        assert [request.range for request in server.of_files()[-2:]] == ["bytes=40000-"] * 2
        assert server.requests[-1].path.endswith("?signed=1")

    def test_in_circles(self, server, cache):
        server.faults = [says(302, {"Location": f"/{REPO}/resolve/main/config.json"})] * 99
        with pytest.raises(ModelError, match="redirects in a loop"):
            fetch(server, cache)

    @pytest.mark.parametrize("target", ["http://example.com/x", "ftp://example.com/x", "file:///etc/passwd"])
    def test_to_an_unsecured_address(self, server, cache, target):
        server.faults = [says(302, {"Location": target})]
        with pytest.raises(ModelError, match="begins with https://"):
            fetch(server, cache)

    @pytest.mark.parametrize("target", ["http://[::1", "https://a:port/", "https://[v.]/x"])
    def test_to_what_is_no_address(self, server, cache, target):
        server.faults = [says(302, {"Location": target})]
        with pytest.raises(ModelError, match="which is no address"):
            fetch(server, cache)


class TestDripping:
    """A server that never ends, but is never silent: one byte every now and then."""

    @pytest.mark.parametrize("where", ["listing", "headers", "body"])
    def test_is_given_up(self, server, cache, where):
        server.faults, server.listing_fault = {
            "listing": ([], drips(headers=False)),
            "headers": ([drips(headers=True)] * 3, None),
            "body": ([well, well, *[drips(headers=False)] * 3], None),
        }[where]
        with pytest.raises(ModelError, match="sends too slowly|doesn't answer within"):
            fetch(server, cache, patience=0.4)

    def test_can_be_stopped(self, server, cache):
        server.faults = [drips(headers=True)]
        with pytest.raises(Cancelled):
            fetch(server, cache, cancelled=lambda: len(server.of_files()) == 1)


class TestAddresses:
    @pytest.mark.parametrize("endpoint", ["https://[", "http://[::1", "https://a:port", "https://\ud800", "//[v"])
    def test_that_are_none(self, cache, endpoint):
        with pytest.raises(ModelError, match="which is no address"):
            hub.fetch(NAME, cache, endpoint=endpoint, web=web())

    @pytest.mark.parametrize(
        "endpoint", ["http://example.com", "ftp://127.0.0.1", "example.com", "file:///etc", "https://"]
    )
    def test_other_than_https_are_refused(self, cache, endpoint):
        with pytest.raises(ModelError, match="begins with https://"):
            hub.fetch(NAME, cache, endpoint=endpoint, web=web())

    @pytest.mark.parametrize("scheme", ["http", "ftp"])
    def test_a_password_in_an_address_is_not_shown(self, cache, scheme):
        with pytest.raises(ModelError) as caught:
            hub.fetch(NAME, cache, endpoint=f"{scheme}://me:secret@127.0.0.1:9", web=web())
        assert "127.0.0.1" in str(caught.value) and "secret" not in str(caught.value)

    def test_passwords_that_are_kept_for_a_host_are_not_sent(self, server, cache, tmp_path, monkeypatch):
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret")
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        fetch(server, cache)
        assert {request.authorization for request in server.requests} == {None}

    def test_an_unknown_source(self, cache):
        with pytest.raises(ModelError, match="huggingface, modelscope"):
            hub.fetch(NAME, cache, source="elsewhere")

    def test_a_proxy_is_used(self, server, cache, monkeypatch):
        """A plain HTTP proxy is asked for whole addresses; nobody listens at this one itself."""
        monkeypatch.setenv("http_proxy", server.address)
        monkeypatch.setenv("no_proxy", "")
        hub.fetch(NAME, cache, endpoint="http://127.0.0.2:9", web=web())
        assert server.requests[0].path.startswith("http://127.0.0.2:9/api/models/")
