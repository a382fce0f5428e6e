"""The web page."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from .._templates import render
from ._analysis import Analysis
from ._limits import Limits
from ._pictures import draw_genres, draw_mel_spectrogram, draw_timeline
from ._refusal import TOO_LARGE, UNREADABLE, Refusal

_N_SESSIONS = 20
TITLE = "Predict the genre of a clip"
# Titles of refusals; a clip that was not analysed for another reason needs none.
_TITLES = {
    UNREADABLE: "This is not a sound file we can read:",
    TOO_LARGE: "This clip is too large:",
}
# Colours of gradio's parts, by those of style.css.
_COLORS = {
    "body_background_fill": "page",
    "body_text_color": "text",
    "body_text_color_subdued": "muted",
    "background_fill_primary": "page",
    "background_fill_secondary": "soft",
    "border_color_primary": "line",
    "block_background_fill": "page",
    "block_border_color": "line",
    "block_label_background_fill": "page",
    "block_label_border_color": "line",
    "block_label_text_color": "muted",
    "button_secondary_background_fill": "soft",
    "button_secondary_background_fill_hover": "line",
    "button_secondary_text_color": "text",
    "code_background_fill": "soft",
}

Analyze = Callable[[Path, str], Awaitable[Analysis]]


def make_page(
    analyze: Analyze, *, about: str, facts: str, examples: dict[str, Path], limits: Limits
) -> tuple[Any, dict[str, Any]]:
    """Return gradio's Blocks, and the arguments of mount_gradio_app for it.

    `about` is Markdown, `facts` the HTML of the panel on the model.
    """
    import gradio as gr

    empty = render("web_page.html", "empty")

    async def show(path: str | None) -> tuple[str, str, str]:
        if path is None:
            return empty, "", ""
        try:
            analysis = await analyze(Path(path), Path(path).name)
        except Refusal as refusal:
            title = _TITLES.get(refusal.status, "")
            return render("web_page.html", "refusal", title=title, message=refusal), "", ""
        return (
            draw_genres(analysis, Path(path).name),
            draw_mel_spectrogram(analysis),
            draw_timeline(analysis),
        )

    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Blocks(title=TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {TITLE}\n\n{about}")
        with gr.Row():
            with gr.Column():
                gr.HTML(render("web_page.html", "clip"), **plain)
                clip = gr.Audio(
                    sources=["upload", "microphone"],
                    type="filepath",
                    label="Drop a clip here, choose one, or record one",
                    editable=False,
                    buttons=[],
                    elem_id="clip",
                )
                gr.Markdown("Or take one that skgenre composed:")
                with gr.Row():
                    for name, path in examples.items():
                        button = gr.Button(name, size="sm", min_width=80)
                        button.click(
                            lambda path=path: str(path), outputs=clip, api_visibility="private"
                        )
            with gr.Column():
                status = gr.HTML(empty, elem_id="status", **plain)
        spectrogram = gr.HTML(elem_id="spectrogram", **plain)
        timeline = gr.HTML(elem_id="timeline", **plain)
        gr.HTML(facts, **plain)
        clip.change(
            show,
            inputs=clip,
            outputs=[status, spectrogram, timeline],
            concurrency_limit=None,
            api_visibility="private",
            trigger_mode="always_last",
        )
    # gradio keeps the last answer of each visitor, by default of ten thousand.
    page.state_session_capacity = _N_SESSIONS
    page.queue(max_size=None, default_concurrency_limit=None)
    return page, {
        "theme": _make_theme(),
        "css": render("web_page.css"),
        "head": f"<style>{render('style.css')}</style><script>{render('web_page.js')}</script>",
        "footer_links": [],
        "run_history": False,
        "max_file_size": limits.max_bytes,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "enable_monitoring": False,
    }


def _make_theme() -> Any:
    import gradio as gr

    colors: dict[str, Any] = {
        f"{part}{mode}": f"var(--{color})"
        for part, color in _COLORS.items()
        for mode in ("", "_dark")
    }
    fonts: dict[str, Any] = {
        "font": ("system-ui", "sans-serif"),
        "font_mono": ("ui-monospace", "monospace"),
    }
    return gr.themes.Default(primary_hue="blue", **fonts).set(**colors)
