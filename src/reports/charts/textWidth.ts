/**
 * How wide a text is, for Vega, which has no canvas here: it would take each character for 0.8 em, so that Chinese words
 * lie on each other and labels of figures that have room are left out.
 */
import stringWidth from 'string-width';
import * as vega from 'vega';

/** Of a font's size: a Latin letter or a figure of the wider fonts, and a Chinese sign. */
const [NARROW, WIDE] = [0.6, 1];

interface TextItem {
  fontSize?: number;
  /** Pixels; what is longer is cut. */
  limit?: number;
}

/** What Vega lets a host without a canvas set; its types leave it out. */
interface TextMetrics {
  width: (item: TextItem, text: string | null | undefined) => number;
}

/** Pixels. */
export function textWidth({ fontSize = 11, limit = 0 }: TextItem, text: string | null | undefined): number {
  const shown = String(text ?? '').trim();
  const signs = [...shown].length;
  const wide = Math.max(0, stringWidth(shown) - signs);
  const width = fontSize * (NARROW * (signs - wide) + WIDE * wide);
  return limit > 0 ? Math.min(limit, width) : width;
}

/** From now on Vega measures texts so. */
export function measureTexts(): void {
  (vega as unknown as { textMetrics: TextMetrics }).textMetrics.width = textWidth;
}
