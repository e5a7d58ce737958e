// A floor plan or a blurred still behind the skeletons, where a site has one; off by default.

import { request } from "../core/connection.js";
import { useEffect, useMemo } from "../core/html.js";
import { rows } from "../core/live.js";
import { useStore } from "../core/store.js";

/**
 * Return what draws a camera's background; nothing while there is none.
 *
 * @param {string} name
 */
export function useBackground(name) {
  const tag = useStore(rows, (all) => all.get(name)?.background ?? null);
  const background = useMemo(() => ({
    image: /** @type {ImageBitmap | null} */ (null),
    /**
     * @param {import("../draw/stage.js").Surface} surface
     * @param {{scale: number, x: number, y: number}} view
     * @param {{width: number, height: number} | undefined} picture
     */
    draw({ context }, view, picture) {
      if (!this.image || !picture) return;
      context.globalAlpha = 0.4;
      context.drawImage(
        this.image, -view.x * view.scale, -view.y * view.scale, picture.width * view.scale, picture.height * view.scale,
      );
      context.globalAlpha = 1;
    },
  }), [name]);
  useEffect(() => {
    if (!tag) return undefined;
    let wanted = true;
    request(`cameras/${encodeURIComponent(name)}/background`)
      .then((answer) => (answer.status === 200 ? answer.blob() : null))
      .then((blob) => (blob ? createImageBitmap(blob) : null))
      .then((image) => { if (wanted) background.image = image; }, () => {});
    return () => {
      wanted = false;
      background.image?.close();
      background.image = null;
    };
  }, [background, tag]);
  return background;
}
