"""The web page."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from .._templates import render
from ._analysis import Analysis
from ._limits import Limits
from ._pictures import N_GENRES, draw_mel_spectrogram, draw_timeline, format_time
from ._refusal import Refusal

_N_SESSIONS = 20
TITLE = "Which genre is it?"
_CSS = """
.gradio-container {max-width: 62rem !important; margin: 0 auto !important}
.gradio-container h1 {font-size: 1.6rem}
.gradio-container, .gradio-container .prose {font-size: 1rem}
.gradio-container .html-container {padding: 0}
#genres * {font-family: inherit}
button:focus-visible, a:focus-visible, summary:focus-visible, label:focus-within {
    outline: 3px solid var(--mark) !important; outline-offset: 2px}
/* gradio draws 20 pixels a second: a long clip would widen the page instead of scrolling. */
#clip .waveform-container {contain: inline-size}
/* Empty, it would still take a gap above the genres. */
#status:not(:has(.skgenre)) {margin-bottom: calc(-1 * var(--layout-gap)) !important}
footer {display: none !important}
"""
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
    analyze: Analyze, *, about: str, examples: dict[str, Path], genres: list[str], limits: Limits
) -> tuple[Any, dict[str, Any]]:
    """Return gradio's Blocks, and the arguments of mount_gradio_app for it."""
    import gradio as gr

    async def show(path: str | None) -> tuple[str, Any, str, str]:
        if path is None:
            return "", None, "", ""
        name = Path(path).name
        try:
            analysis = await analyze(Path(path), name)
        except Refusal as refusal:
            return render("web_page.html", "refusal", message=refusal), None, "", ""
        genre, probability = analysis.genres[0]
        status = render(
            "web_page.html",
            "status",
            name=name,
            duration=format_time(analysis.duration),
            genre=genre,
            probability=f"{probability:.0%}",
            warnings=analysis.warnings,
        )
        return (
            status,
            dict(analysis.genres),
            draw_mel_spectrogram(analysis),
            draw_timeline(analysis),
        )

    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Blocks(title=TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {TITLE}\n\n{about}")
        with gr.Row():
            with gr.Column():
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
                status = gr.HTML(elem_id="status", **plain)
                label = gr.Label(
                    num_top_classes=N_GENRES, label="Most probable genres", elem_id="genres"
                )
        spectrogram = gr.HTML(elem_id="spectrogram", **plain)
        timeline = gr.HTML(elem_id="timeline", **plain)
        gr.HTML(render("web_page.html", "explanation", genres=genres, limits=limits), **plain)
        clip.change(
            show,
            inputs=clip,
            outputs=[status, label, spectrogram, timeline],
            concurrency_limit=None,
            api_visibility="private",
            trigger_mode="always_last",
        )
    # gradio keeps the last answer of each visitor, by default of ten thousand.
    page.state_session_capacity = _N_SESSIONS
    page.queue(max_size=None, default_concurrency_limit=None)
    return page, {
        "theme": _make_theme(),
        "css": _CSS,
        "head": f"<style>{render('style.css')}</style>",
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
