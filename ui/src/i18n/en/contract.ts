export const contract = {
  hash: 'Fingerprint of this text, computed anew here',
  exact: 'This is the exact text you both sign.',
  missing: 'The text of this agreement is not on this computer.',
  builtin: 'Came with the program',
  imported: 'Imported by you',
  importedHelp: 'Not written by this project. Read it with care: its words bind you as they stand.',
  list: 'Agreements on this computer',
  listHelp: 'An invitation names one of them. Its fingerprint decides what it is, not its name.',
  import: 'Import a file',
  importLabel: 'Choose a text file with an agreement',
  importedNow: (title: string) => `“${title}” imported`,
  importing: 'Importing…',
}
