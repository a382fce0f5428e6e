// gradio refuses a file by the extension of its name, in its own words and with a list of types.
new MutationObserver(() => {
  for (const message of document.querySelectorAll("[data-testid=toast-text]")) {
    const refused = /^Invalid file type: (.*)\. Only .* allowed\.$/s.exec(message.textContent);
    if (refused) {
      message.textContent = `This is not a sound file we can read: ${refused[1]}. ` +
        "Send WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF or AU.";
    }
  }
}).observe(document, { childList: true, subtree: true, characterData: true });
