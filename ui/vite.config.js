export default {
  base: './',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  // assetsInlineLimit 0: a data: address would break the content security policy
  build: { target: 'es2020', reportCompressedSize: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/v1': process.env.BANGBAN ?? 'http://127.0.0.1:8080' } },
};
