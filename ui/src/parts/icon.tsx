/* Interface icons are our own SVG files (ui/icons); the file's inside goes into the page. */
const files = import.meta.glob<string>('../../icons/*.svg', { query: '?raw', import: 'default', eager: true });

const insides = new Map<string, string>();
for (const [path, svg] of Object.entries(files)) {
  const name = path.replace(/^.*\/|\.svg$/g, '');
  insides.set(name, svg.replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, ''));
}

export function Icon({ name, class: extra = '' }: { name: string; class?: string }) {
  return <svg class={`i ${extra}`} viewBox="0 0 24 24" aria-hidden="true" dangerouslySetInnerHTML={{ __html: insides.get(name) ?? '' }} />;
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="#0b5c8f" />
      <path d="M9 25V13.5a7 7 0 0 1 14 0V25" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" />
      <path d="M14.5 25V14.5l5.5 2.3V25z" fill="#ffbf47" />
    </svg>
  );
}
