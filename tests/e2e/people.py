"""People at their browsers: each with a window of their own, and a note of all that must not happen in any of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.houses import Home


def password_of(name: str) -> str:
    """The password that `tests.houses` gives."""
    return f"a pass phrase of {name}"


@dataclass(frozen=True)
class Site:
    """A running service and the installation behind it."""

    url: str
    home: Home


@dataclass
class Office:
    """Windows by person and language. `faults` collects console errors and requests to other hosts."""

    browser: Browser
    site: Site
    faults: list[str] = field(default_factory=list)
    windows: dict[tuple[str, str], Page] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def window(self, language: str = "zh-CN", width: int = 1280) -> Page:
        """An empty window that nobody has signed in to."""
        context = self.browser.new_context(locale=language, viewport={"width": width, "height": 900})
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._request)
        self.contexts.append(context)
        return page

    def at(self, name: str, path: str = "", language: str = "zh-CN") -> Page:
        """The person's window, signed in, on the page at `path`."""
        page = self.windows.get((name, language))
        if page is None:
            page = self.windows[name, language] = self.window(language)
            self.sign_in(page, name)
        if path:
            page.goto(self.site.url + path)
        return page

    def sign_in(self, page: Page, name: str) -> None:
        """Through the sign-in page, as everybody does."""
        page.goto(f"{self.site.url}/sign-in")
        page.fill("#f-name", name)
        page.fill("#f-password", password_of(name))
        page.click("form button.primary")
        page.wait_for_url("**/inbox")

    def close(self) -> None:
        """Close all windows."""
        for context in self.contexts:
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(f"status of {status}" in message.text for status in self.expected):
            self.faults.append(f"console: {message.text} {message.location}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.faults.append(f"another host: {request.url}")
