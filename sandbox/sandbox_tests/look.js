// What a viewer sees of the page: texts, dates, headings, and what is too wide or too faint.
new Promise(done => {
  const ready = () => document.querySelector("main") && document.readyState === "complete";
  const wait = () => ready() ? requestAnimationFrame(() => done(look())) : setTimeout(wait, 20);
  const shine = color => {
    const part = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = color.map(v => part(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = text => text.match(/[\d.]+/g).map(Number);
  const behind = each => {
    const color = parse(getComputedStyle(each).backgroundColor);
    return color.length === 4 && color[3] === 0 ? behind(each.parentElement) : color.slice(0, 3);
  };
  const contrast = (a, b) => {
    const [x, y] = [shine(a), shine(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const all = found => [...document.querySelectorAll(found)];
  const look = () => {
    const box = each => each.getBoundingClientRect();
    const shown = all("body *").filter(each => box(each).width > 1 && !each.matches(".said"));
    const texts = shown.filter(
      each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
    const bars = all(".column i, .fill, .previous").filter(
      each => !each.closest(".earlier") && box(each).width && box(each).height);
    return {
      text: document.body.innerText,
      days: all(".columns li").map(each => each.querySelector(".day").innerText.split("\n")),
      headings: all("h1, h2, h3, h4, h5, h6").map(each => each.tagName),
      scopes: all("th").map(each => each.scope),
      captions: all("table").map(each => each.caption.innerText),
      wide: shown.filter(each => box(each).right > innerWidth + 1).map(each => each.outerHTML),
      faint: texts.map(each => [each.outerHTML,
        contrast(parse(getComputedStyle(each).color).slice(0, 3), behind(each))])
        .filter(([_, ratio]) => ratio < 4.5),
      pale: bars.map(each => [each.outerHTML, contrast(behind(each), behind(document.body))])
        .filter(([_, ratio]) => ratio < 3),
      paper: behind(document.body),
    };
  };
  wait();
})
