/** @jsxRuntime automatic */
// MUI: ripples on every press, selects on mousedown, modal menus and dialogs.
import { get } from './component_page.js';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Accordion, AccordionDetails, AccordionSummary, Button, Checkbox, Chip, Dialog, DialogTitle, FormControlLabel, IconButton, Menu, MenuItem, Pagination, Radio, RadioGroup, Select, Slider, Switch, Tab, Tabs, TextField } from '@mui/material';

function Options({ say }) {
  const [at, open] = useState(null);
  const choose = (name) => () => open(null) ?? say(name);
  return (
    <>
      <Button id="menu" onClick={(event) => open(event.currentTarget)}>Options</Button>
      <Menu anchorEl={at} open={at !== null} onClose={() => open(null)}>
        <MenuItem id="rename" onClick={choose('renamed')}>Rename it</MenuItem><MenuItem onClick={choose('copied')}>Copy it</MenuItem>
      </Menu>
    </>
  );
}

function Asked() {
  const [isOpen, open] = useState(false);
  return (
    <>
      <Button id="dialog" onClick={() => open(true)}>Open the dialog</Button>
      <Dialog open={isOpen} onClose={() => open(false)}>
        <DialogTitle>A dialog</DialogTitle><Button id="accept" onClick={() => get().then(() => open(false))}>Accept</Button>
      </Dialog>
    </>
  );
}

function Fields() {
  const [colour, setColour] = useState('red');
  return (
    <>
      <TextField id="name" label="Name" /> <TextField id="pass" label="Password" type="password" />
      <Select SelectDisplayProps={{ id: 'colour' }} value={colour} onChange={(event) => setColour(event.target.value)}>
        {['red', 'green', 'blue'].map((one) => <MenuItem key={one} id={one} value={one}>{one}</MenuItem>)}
      </Select>
      <FormControlLabel id="gift" control={<Checkbox />} label="As a gift" /><FormControlLabel id="fast" control={<Switch />} label="Fast" />
      <RadioGroup row defaultValue="a"><FormControlLabel value="a" control={<Radio />} label="One" /><FormControlLabel id="two" value="b" control={<Radio />} label="Two" /></RadioGroup>
      <div style={{ width: 200, padding: '0 1rem' }}><Slider id="slider" defaultValue={20} aria-label="Volume" /></div>
    </>
  );
}

function App() {
  const [text, say] = useState('Nothing yet');
  const [tab, setTab] = useState(0);
  return (
    <>
      <section><Options say={say} /><Asked />
        <Button id="asks" variant="contained" onClick={() => get().then(() => say('asked'))}>Ask</Button>
        <Button id="broken" onClick={() => get(60, 500).then(() => console.error('broken'))}>Broken</Button>
        <Button id="off" disabled>Not now</Button>
        <IconButton id="help" aria-label="Help" onClick={() => say('help')}>?</IconButton>
        <Chip id="chip" label="A chip" onClick={() => say('chip')} />
      </section>
      <section><Fields /></section>
      <Tabs value={tab} onChange={(event, value) => setTab(value)}><Tab id="tab-one" label="Tab one" /><Tab id="tab-two" label="Tab two" /></Tabs>
      <p>The words of tab {tab}.</p>
      <Accordion><AccordionSummary id="question">A question</AccordionSummary><AccordionDetails>An answer.</AccordionDetails></Accordion>
      <Pagination count={5} onChange={(event, page) => say(`page ${page}`)} />
      <p id="said">{text}</p>
    </>
  );
}
createRoot(document.getElementById('root')).render(<App />);
