import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

const SRC = fileURLToPath(new URL('./src', import.meta.url))
/** Folders every domain may use; everything else that is not one of the layers is a domain. */
const COMMON = ['backend', 'i18n', 'shared', 'state', 'style']
/** Domains whose components other domains put on their pages; they use no other domain themselves. */
const PARTS = ['card', 'handover', 'paper', 'request', 'review']
const domains = readdirSync(SRC, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !COMMON.includes(entry.name) && entry.name !== 'view')
  .map((entry) => entry.name)

/** One layer: its files may not reach into `folders`, nor climb out by a relative path. */
function layer(name, folders, { bindings = false, tauri = false } = {}) {
  const patterns = [
    { group: ['../*', './../*'], message: 'climb by ~/ instead' },
    ...folders.map((folder) => ({ group: [`~/${folder}/*`], message: `${name}/ may not import ${folder}/` })),
  ]
  if (!bindings) patterns.push({ group: ['~/bindings'], message: 'only backend/ may import the bindings' })
  if (!tauri) patterns.push({ group: ['@tauri-apps/*'], message: 'only backend/ touches the shell' })
  return {
    files: [`src/${name}/**/*.{ts,svelte}`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }
}

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/bindings.ts'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
  },
  {
    files: ['src/**'],
    rules: { 'max-lines': ['error', { max: 400 }], 'no-console': 'error', 'svelte/no-at-html-tags': 'error' },
  },
  { files: ['src/**/*.svelte'], rules: { 'max-lines': ['error', { max: 230 }] } },
  layer('backend', ['i18n', 'shared', 'state', 'view', ...domains], { bindings: true, tauri: true }),
  layer('i18n', ['shared', 'state', 'view', ...domains]),
  layer('shared', ['backend', 'state', 'view', ...domains]),
  layer('state', ['view', ...domains]),
  ...domains.map((name) => {
    const open = PARTS.includes(name) ? [] : PARTS
    return layer(name, ['view', ...domains.filter((other) => other !== name && !open.includes(other))])
  }),
  layer('view', []),
)
