/** What is done with a code on show, whatever it is for, and what its paper says. */
export const paper = {
  copy: 'Copy link',
  save: 'Save',
  saveLabel: 'Save the code as a picture',
  saved: 'Saved into your downloads.',
  saveFile: 'Save as a file to attach',
  print: 'Print',
  enlarge: 'Enlarge',
  link: 'The same as a link',
  awake: 'The screen stays awake while this is shown',
  bright: 'Make this screen as bright as it goes, and hold the camera still.',
  dense: 'This code is dense. Enlarge it, or send the link.',
  none: 'This is too long for a code that cameras can read. Send the link instead.',
  how: 'Open Tallystick, press Open a code, and hold this before the camera.',
  compare: 'The same four words must appear there:',
  until: (when: string) => `Good until ${when}`,
}
