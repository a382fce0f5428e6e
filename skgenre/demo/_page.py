"""The web page."""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ._analysis import Analysis
from ._limits import Limits
from ._pictures import CSS, draw_mel_spectrogram, draw_timeline, format_time
from ._refusal import Refusal

N_GENRES = 5
_N_SESSIONS = 20
TITLE = "Which genre is it?"
THEME_FONTS = ("system-ui", "sans-serif")
_CSS = (
    CSS
    + """
.skgenre-message {margin: 0; padding: .75rem 1rem; border-left: 4px solid #c2410c;
    overflow-wrap: anywhere}
.skgenre-warning {margin: .5rem 0 0; padding: .5rem 1rem; border-left: 4px solid #ca8a04;
    overflow-wrap: anywhere}
.gradio-container {max-width: 60rem !important; margin: 0 auto !important}
button:focus-visible, a:focus-visible, summary:focus-visible, label:focus-within {
    outline: 3px solid #2563eb !important; outline-offset: 2px}
/* gradio draws 20 pixels a second: a long clip would widen the page instead of scrolling. */
#clip .waveform-container {contain: inline-size}
footer {display: none !important}
"""
)

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
            return _draw_message(str(refusal)), None, "", ""
        genre, probability = analysis.genres[0]
        status = (
            f'<p role="status">{html.escape(name)}, {format_time(analysis.duration)}: '
            f"{html.escape(genre)}, {probability:.0%}</p>"
        )
        status += "".join(map(_draw_warning, analysis.warnings))
        return (
            status,
            dict(analysis.genres),
            draw_mel_spectrogram(analysis),
            draw_timeline(analysis),
        )

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
                status = gr.HTML(elem_id="status")
                label = gr.Label(
                    num_top_classes=N_GENRES, label="Most probable genres", elem_id="genres"
                )
        spectrogram = gr.HTML(elem_id="spectrogram")
        timeline = gr.HTML(elem_id="timeline")
        gr.Markdown(_explain(genres, limits))
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
        "theme": gr.themes.Default(font=THEME_FONTS, font_mono=("ui-monospace", "monospace")),
        "css": _CSS,
        "footer_links": [],
        "run_history": False,
        "max_file_size": limits.max_bytes,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "enable_monitoring": False,
    }


def _draw_message(message: str) -> str:
    return f'<p class="skgenre-message" role="alert">{html.escape(message)}</p>'


def _draw_warning(message: str) -> str:
    return f'<p class="skgenre-warning" role="note">Warning: {html.escape(message)}</p>'


def _explain(genres: list[str], limits: Limits) -> str:
    names = ", ".join(html.escape(genre) for genre in genres)
    return (
        f"The model knows {len(genres)} genres: {names}. It gives a clip one of them; the "
        f"probabilities say how sure it is, not how a mix is made up.\n\n"
        f"WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF or AU, up to {limits.max_megabytes:g} MB and "
        f"{limits.max_minutes:g} minutes. Clips are deleted from the server about "
        f"{limits.keep_seconds:g} s after their answer."
    )
