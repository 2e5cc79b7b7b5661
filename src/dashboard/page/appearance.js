/** Light or dark, before anything is drawn: what was chosen here, else what the system prefers. */
document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'auto';
