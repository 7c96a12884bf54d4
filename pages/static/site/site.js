// Buttons that open the chat.
for (const button of document.querySelectorAll("[data-open-chat]")) {
  button.addEventListener("click", () => {
    window.Firstline ||= (...call) => {
      (window.Firstline.q ||= []).push(call);
    };
    window.Firstline("open");
  });
}
