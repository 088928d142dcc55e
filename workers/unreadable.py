"""Every way in which a file or a page may refuse to be read: one code each, with advice in two languages."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why a file or a page was not read. The file itself is kept in every case."""

    EMPTY = "EMPTY"
    UNSUPPORTED = "UNSUPPORTED"
    NEEDS_PASSWORD = "NEEDS_PASSWORD"  # noqa: S105 - an outcome, not a password
    WRONG_PASSWORD = "WRONG_PASSWORD"  # noqa: S105 - as above
    DAMAGED = "DAMAGED"
    LIMIT_SIZE = "LIMIT_SIZE"
    LIMIT_PAGES = "LIMIT_PAGES"
    LIMIT_PAGE = "LIMIT_PAGE"
    LIMIT_PIXELS = "LIMIT_PIXELS"
    LIMIT_FRAMES = "LIMIT_FRAMES"
    LIMIT_RATIO = "LIMIT_RATIO"
    LIMIT_TIME = "LIMIT_TIME"
    LIMIT_MEMORY = "LIMIT_MEMORY"
    CRASHED = "CRASHED"
    NO_ENGINE = "NO_ENGINE"
    MALWARE = "MALWARE"


ADVICE: dict[Code, tuple[str, str]] = {
    Code.MALWARE: (
        "文件中发现恶意代码，未打开、未识读。原件已密封保存；请重新扫描纸质原件。",
        "Malware was found in the file; it was neither opened nor read. It is kept; scan the paper itself again.",
    ),
    Code.EMPTY: (
        "文件是空的，请重新扫描后再上传。",
        "The file is empty. Scan it again and send it once more.",
    ),
    Code.UNSUPPORTED: (
        "不认识这种文件。请上传 PDF、TIFF、JPEG、PNG、BMP、WebP 或 JPEG 2000。",
        "This kind of file is not read. Send PDF, TIFF, JPEG, PNG, BMP, WebP or JPEG 2000.",
    ),
    Code.NEEDS_PASSWORD: (
        "文件设有打开密码。原件已保存；请在文件页输入密码，随后识读。",
        "The file asks for a password. It was kept; give the password on its page to have it read.",
    ),
    Code.WRONG_PASSWORD: (
        "密码不对，文件未能打开。请核对后重新输入。",
        "The password does not open the file. Check it and give it again.",
    ),
    Code.DAMAGED: (
        "文件已损坏，无法打开。原件已保存；请重新扫描。",
        "The file is damaged and cannot be opened. It was kept; scan the paper again.",
    ),
    Code.LIMIT_SIZE: (
        "文件过大。请分成几份再上传。",
        "The file is too large. Send it in parts.",
    ),
    Code.LIMIT_PAGES: (
        "页数超出上限，或声明的页数与文件大小不符。请拆分后再上传。",
        "It has too many pages, or claims more than its size can hold. Split it and send the parts.",
    ),
    Code.LIMIT_PAGE: (
        "页面尺寸超出上限。请按实际纸张大小重新扫描。",
        "The page is larger than any paper. Scan it at its true size.",
    ),
    Code.LIMIT_PIXELS: (
        "图像像素超出上限。请降低分辨率后重新扫描。",
        "The image has too many pixels. Scan it at a lower resolution.",
    ),
    Code.LIMIT_FRAMES: (
        "图像帧数超出上限，或帧链成环。请重新导出文件。",
        "The image has too many frames, or they run in a circle. Export the file again.",
    ),
    Code.LIMIT_RATIO: (
        "解压后远大于文件本身，疑为压缩炸弹，已停止读取。",
        "It unpacks to far more than its size, as a decompression bomb does. Reading was stopped.",
    ),
    Code.LIMIT_TIME: (
        "读取时间超出上限，已停止。原件已保存；请重新导出文件。",
        "Reading took too long and was stopped. The file was kept; export it again.",
    ),
    Code.LIMIT_MEMORY: (
        "读取所需内存超出上限，已停止。原件已保存；请重新导出文件。",
        "Reading needed too much memory and was stopped. The file was kept; export it again.",
    ),
    Code.NO_ENGINE: (
        "识读机上没有安装所选的识别引擎。请改用其他引擎重新识读，或请管理员安装。",
        "The chosen engine is not installed where papers are read. Read again with another, or have it installed.",
    ),
    Code.CRASHED: (
        "读取程序在此文件上异常退出，其他文件不受影响。原件已保存；请重新导出文件。",
        "The reader broke on this file; no other was harmed. The file was kept; export it again.",
    ),
}
"""Chinese, English."""


class Unreadable(Exception):
    """A file or one of its pages was not read. `detail` is for the log; people get the advice of the code."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail

    def advice(self, language: str = "zh") -> str:
        """What to tell people: `zh` or `en`."""
        return ADVICE[self.code][0 if language.startswith("zh") else 1]
